"""Who is told what goes wrong, once, with the mend and a link."""
