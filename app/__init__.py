"""The pages for people as an app, over whatever publication is the current one."""
