#!/usr/bin/env python3
"""A second implementation of docs/chain.md, in plain Python with SM3 and SM2 written out: it computes
the test vectors anew and checks that docs/chain.md and the unit tests hold the same.

chain_vectors.py [ROOT]   checks the tree (default: the one this file lies in); exit 1 with what differs
chain_vectors.py --print  prints the table of docs/chain.md
"""
import struct
import sys
import unicodedata
from pathlib import Path


# --- SM3, GB/T 32905 -------------------------------------------------------------------------------

def rotl(x, n):
    n %= 32
    return ((x << n) | (x >> (32 - n))) & 0xFFFFFFFF


def sm3(data):
    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = data + b"\x80" + b"\0" * ((55 - len(data)) % 64) + struct.pack(">Q", len(data) * 8)
    for at in range(0, len(padded), 64):
        w = list(struct.unpack(">16I", padded[at:at + 64]))
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ rotl(w[j - 3], 15)
            w.append(x ^ rotl(x, 15) ^ rotl(x, 23) ^ rotl(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            t = 0x79CC4519 if j < 16 else 0x7A879D8A
            ss1 = rotl((rotl(a, 12) + e + rotl(t, j)) & 0xFFFFFFFF, 7)
            ss2 = ss1 ^ rotl(a, 12)
            ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
            gg = e ^ f ^ g if j < 16 else (e & f) | (~e & g & 0xFFFFFFFF)
            tt1 = (ff + d + ss2 + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
            tt2 = (gg + h + ss1 + w[j]) & 0xFFFFFFFF
            a, b, c, d, e, f, g, h = tt1, a, rotl(b, 9), c, tt2 ^ rotl(tt2, 9) ^ rotl(tt2, 17), e, rotl(f, 19), g
        state = [x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h))]
    return struct.pack(">8I", *state)


# --- SM2, GB/T 32918.2 on the curve of GB/T 32918.5 -----------------------------------------------------

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
     0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)
IDENTITY = b"1234567812345678"


def add_points(p, q):
    if p is None:
        return q
    if q is None:
        return p
    if p[0] == q[0] and (p[1] + q[1]) % P == 0:
        return None
    slope = (3 * p[0] * p[0] + A) * pow(2 * p[1], -1, P) if p == q else (q[1] - p[1]) * pow(q[0] - p[0], -1, P)
    x = (slope * slope - p[0] - q[0]) % P
    return x, (slope * (p[0] - x) - p[1]) % P


def times(k, point):
    result = None
    while k:
        if k & 1:
            result = add_points(result, point)
        point = add_points(point, point)
        k >>= 1
    return result


def number32(x):
    return x.to_bytes(32, "big")


def sm2_digest(public, message):
    z = sm3(struct.pack(">H", len(IDENTITY) * 8) + IDENTITY + b"".join(map(number32, (A, B, *G, *public))))
    return int.from_bytes(sm3(z + message), "big")


def sm2_sign(private, message, k):
    e = sm2_digest(times(private, G), message)
    r = (e + times(k, G)[0]) % N
    return r, pow(1 + private, -1, N) * (k - r * private) % N


def sm2_verify(public, message, r, s):
    t = (r + s) % N
    point = add_points(times(s, G), times(t, public))
    return (sm2_digest(public, message) + point[0]) % N == r


def der_integer(x):
    raw = x.to_bytes((x.bit_length() + 8) // 8, "big")
    return b"\x02" + bytes([len(raw)]) + raw


def der_signature(r, s):
    body = der_integer(r) + der_integer(s)
    return b"\x30" + bytes([len(body)]) + body


def der_public(public):
    return bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004") + number32(public[0]) + number32(public[1])


# --- docs/chain.md ---------------------------------------------------------------------------------

def field(value):
    raw = value if isinstance(value, bytes) else unicodedata.normalize("NFC", str(value)).encode()
    return struct.pack(">I", len(raw)) + raw


def statement(tag, values):
    return tag + b"".join(map(field, values))


def node(left, right):
    return sm3(b"\x03" + left + right)


def tree(leaves):
    if not leaves:
        return sm3(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node(tree(leaves[:split]), tree(leaves[split:]))


def vectors():
    """Name → hex, in the order of docs/chain.md."""
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    # The private key and the example of GB/T 32918.5, known to everybody.
    private = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
    public = times(private, G)
    k = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
    r, s = sm2_sign(private, b"message digest", k)
    assert number32(r).hex().upper() == "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    assert number32(s).hex().upper() == "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"

    # The case of tests/unit/cases_chain_test.cpp: a report with two photos and a contact, an acceptance.
    case_id = "0190163d-8694-739b-aea5-966c26f8ad91"
    salt = b"\x07" * 16
    h0 = sm3(b"\0" + case_id.encode())
    body = sm3(salt + field("路边有一堆垃圾") + field("何女士\n13800002406"))
    report = [case_id, 1, 1, "440800", case_id, "report", "", "reported", "case", "", "", "", "",
              "cell_code=440802001001001\nstate=reported", "0190163d-8694-7000-8000-000000000001", "collector",
              "collection-1", 1790000000000, 1790000000000, "", "0" * 64, "a" * 64 + "\n" + "b" * 64, body]
    h1 = sm3(b"\x01" + h0 + sm3(statement(b"CG1", report)))
    accept = [case_id, 2, 1, "440800", "0190163d-8694-7000-8000-000000000002", "accept", "reported", "accepted",
              "case", "", "", "", "", "accepted_day=20260922\nstate=accepted",
              "0190163d-8694-7000-8000-000000000001", "intake_operator", "supervision", 1790000000000,
              1790000000000, "", "0" * 64, "", sm3(salt + field("") + field(""))]
    h2 = sm3(b"\x01" + h1 + sm3(statement(b"CG1", accept)))
    out = {"h_0": h0, "body_hash of the report": body, "h_1": h1, "h_2": h2}

    # Trees over h_1, h_2, SM3("3") … SM3("7") as chain values.
    chain_values = [h1, h2] + [sm3(str(i).encode()) for i in range(3, 8)]
    leaves = [sm3(b"\x02" + value) for value in chain_values]
    out["leaf of h_1"] = leaves[0]
    for count in (0, 1, 2, 3, 5, 7):
        out["root of %d leaves" % count] = tree(leaves[:count])

    # A key and two roots signed with it; the signatures are made with the example's k.
    key_id = sm3(der_public(public)).hex()[:32]
    key = statement(b"CGK1", ["440800", 1, key_id, "sm2", der_public(public), 1790000000000, ""])
    out["key_id"] = bytes.fromhex(key_id)
    out["signature of the key"] = der_signature(*sm2_sign(private, key, k))
    first = statement(b"CGR1", ["440800", 1, "2026-09-21", 1790006400000, "0-0", "0-3", 3, tree(leaves[:3]), b"",
                                1790006460000, "sm2", key_id])
    second = statement(b"CGR1", ["440800", 2, "2026-09-22", 1790092800000, "0-3", "0-7", 2, tree(leaves[3:5]),
                                 sm3(b"\x04" + first), 1790092860000, "sm2", key_id])
    out["hash of root 1"] = sm3(b"\x04" + first)
    out["signature of root 1"] = der_signature(*sm2_sign(private, first, k))
    out["hash of root 2"] = sm3(b"\x04" + second)
    out["signature of root 2"] = der_signature(*sm2_sign(private, second, k))
    assert sm2_verify(public, second, *sm2_sign(private, second, k))
    assert not sm2_verify(public, first, *sm2_sign(private, second, k))
    return {name: value.hex() for name, value in out.items()}


def check(root):
    table = vectors()
    missing = []
    for name, path in (("docs/chain.md", "docs/chain.md"), ("the unit tests", "tests/unit")):
        file = root / path
        text = "".join(p.read_text(encoding="utf-8") for p in ([file] if file.is_file() else sorted(file.glob("cases_*_test.cpp"))))
        missing += ["%s does not hold: %s = %s" % (name, key, value) for key, value in table.items() if value not in text]
    return missing


def main():
    if "--print" in sys.argv:
        for name, value in vectors().items():
            print("| %s | `%s` |" % (name, value))
        return 0
    faults = check(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent)
    print("\n".join(faults) if faults else "docs/chain.md, the unit tests and the second implementation agree")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
