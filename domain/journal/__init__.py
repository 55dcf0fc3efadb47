"""How events are kept: one total order, sealed ledgers, personal data under a key of its own."""
