"""Who may do what: keys now; users, roles and departments."""
