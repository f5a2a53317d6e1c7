"""What several processes of the skill share: conversations, locks, and a copy of all events.

`launch/endpoints.py` makes what the settings name. Nothing here may cost an emergency its answer: a
server that is gone, hangs or is full is said in one line of the log, and the turn goes on.
"""
