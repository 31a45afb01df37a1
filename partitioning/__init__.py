"""Monthly partitions on PostgreSQL, for tables that grow to hundreds of millions of rows.

The partition key is a column of ULIDs, which begin with their time: a month is a range of ids, the key never changes,
and a query that names the key reads one partition. On SQLite all rows are in one table.
"""
