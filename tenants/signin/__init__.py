"""Sign-in of staff and operators: passwords, second factor, passkeys, invitations, sessions.

An account is signed in only after both steps, so no view has to ask for the step.
"""
