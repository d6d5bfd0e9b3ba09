"""Backends that answer a chat about pictures: one contract, one file or folder for each.

Only `gateway` and `app` come in here. An engine knows `contract` and nothing of the others.
"""
