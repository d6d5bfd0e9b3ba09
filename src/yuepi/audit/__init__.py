"""The audit record: append-only entries in one chain, a Merkle tree over them, signed roots."""
