"""Sign-in of staff and operators: passwords, second factor, invitations, sessions.

Nobody is signed in before both steps are done, so no door has to ask how far somebody has come.
"""
