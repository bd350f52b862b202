"""Films as a phone takes them: with its place, its maker and a track of positions a second."""

import struct

PLACE = b"+39.9042+116.4074/"


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _track(handler: bytes, *, chunks: list[int], sizes: list[int], wide: bool = False) -> bytes:
    """Two samples in each chunk but the last."""
    each = struct.pack(">III", 1, 2, 1) + struct.pack(
        ">III", len(chunks), len(sizes) - 2 * (len(chunks) - 1), 1
    )
    return box(
        b"trak",
        box(b"tkhd", bytes(84)),
        box(
            b"mdia",
            box(b"hdlr", bytes(8), handler, bytes(13)),
            box(
                b"minf",
                box(
                    b"stbl",
                    box(b"stsc", bytes(4), struct.pack(">I", 2), each),
                    box(b"stsz", bytes(8), struct.pack(f">I{len(sizes)}I", len(sizes), *sizes)),
                    box(
                        b"co64" if wide else b"stco",
                        bytes(4),
                        struct.pack(f">I{len(chunks)}{'Q' if wide else 'I'}", len(chunks), *chunks),
                    ),
                ),
            ),
        ),
        box(b"udta", box(b"name", b"P40")),
    )  # fmt: skip


def a_film(*, brand: bytes = b"mp42", positions: bytes = b"meta", wide: bool = False) -> bytes:
    """Frames and positions by turns; the positions' track goes by the handler ``positions``."""
    frames, places = [b"FRAME%d" % n for n in range(6)], [PLACE + b"%d" % n for n in range(3)]
    ftyp = box(b"ftyp", brand, bytes(4), brand)
    start = len(ftyp) + 8
    media = b"".join([*frames[:2], *places[:2], *frames[2:4], places[2], *frames[4:]])
    two = start + len(b"".join([*frames[:2], *places[:2]]))
    film = _track(b"vide", chunks=[start, two, two + 12 + len(places[2])], sizes=[6] * 6)
    said = _track(positions, chunks=[start + 12, two + 12], sizes=[len(place) for place in places], wide=wide)
    return (
        ftyp
        + box(b"mdat", media)
        + box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac"), b"<x:xmpmeta>", PLACE)
        + box(
            b"moov",
            box(b"mvhd", bytes(100)),
            film,
            said,
            box(b"udta", box(b"\xa9xyz", b"\0\x12\x15\xc7", PLACE), box(b"\xa9mak", b"Phone")),
            box(
                b"meta", bytes(4), box(b"keys", b"com.apple.quicktime.location.ISO6709"), box(b"ilst", PLACE)
            ),
        )
    )
