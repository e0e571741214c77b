"""Looking after a database: backup, restore, fsck, its schema."""
