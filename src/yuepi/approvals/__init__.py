"""From readings to a decision: facts, policy, stages; people may always override."""
