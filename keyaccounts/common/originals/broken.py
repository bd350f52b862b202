class Broken(ValueError):
    """It begins like a picture, a film or an archive and does not go on like one."""
