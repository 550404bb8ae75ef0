"""What customers will still buy: how often by BG/NBD, of what worth by Gamma-Gamma, by maximum likelihood."""
