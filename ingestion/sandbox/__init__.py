"""A local server that speaks the vendors' protocols over one simulated business whose truth is known."""
