"""The diary: pain scores, sessions, exercises done and flag ids of one person, on this device.

`entries` come from `care.history`; `tables` and `migrations` say how they are stored,
`database` opens the database, `store` reads and writes, `keeper` makes sure that a broken
database never costs a turn. Nothing here ever holds what somebody said.
"""
