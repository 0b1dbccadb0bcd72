"""The types, which type fits which, and the checker that turns nodes into typed core."""
