"""One file a revision: v0001_what_it_does.py holds revision 0001."""
