"""The model: its features, network, card and shipped artefact. Knows messages, no actor."""
