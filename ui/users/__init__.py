"""The people who may sign in: a file of names, roles and hashed passwords, and the command that writes it."""
