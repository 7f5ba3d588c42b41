"""The only room that touches the user's files: root, scan, ignore, place, trash, watch.

Law: nothing of the user's is ever unlinked or overwritten unseen, and nothing outside the mirrored folder is read,
written or followed. Imports core only; time comes in as an argument; what fails is said with the errors of core.
"""
