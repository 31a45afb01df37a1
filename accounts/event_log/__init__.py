"""The event log of each company: what happened, in the order in which it was committed, read by any number of readers.

writing    an event in the transaction of its change
numbering  the gapless company sequence, given after the commit
reading    readers, each with its own cursor, which get every event at least once and in order
"""
