"""Judge the data of a contact: what is good about it, and what is bad."""
