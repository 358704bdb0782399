"""How what a person types becomes keys of the guest's keyboard."""
