"""The life of a verdict after it is given: doubted, reviewed, decided, corrected, appealed."""
