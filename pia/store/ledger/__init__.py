"""The record of acts: entries, the digests of the rows they wrote, and the session that watches."""
