"""What bears on a claim and how: indexes, search, stance, and the weighing of evidence."""
