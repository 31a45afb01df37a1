"""What the pages and the socket show: rows read from the database, ready for templates and frames."""
