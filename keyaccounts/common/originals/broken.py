"""What a reader of a format says of a file that is none."""


class Broken(ValueError):
    """It begins like a picture, a film or an archive and does not go on like one."""
