"""Signing in: passwords, the second factor, invitations, sessions. Staff of a province and operators alike.

Nobody is signed in before both steps are done, so no door has to ask how far somebody has come.
"""
