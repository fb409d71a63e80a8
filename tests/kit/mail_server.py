#!/usr/bin/env python3
"""A real SMTP server (aiosmtpd) on a loopback port of its own, for tests.

mail_server.py FOLDER [--tls CERTIFICATE KEY] [--sign-in NAME PASSWORD]
Prints its port, keeps every letter as FOLDER/<n>.eml, and serves until its standard input ends. The receiver's name
says what happens: refused@… is refused for good, later@… for now, lost@… is kept but the connection is cut before the
answer.
"""
import argparse
import asyncio
import logging
import pathlib
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult


class Keeper:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused@"):
            return "550 no such mailbox"
        if address.startswith("later@"):
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        beside = self.folder / f"{self.count}.part"
        beside.write_bytes(envelope.content)
        beside.rename(self.folder / f"{self.count}.eml")
        if any(address.startswith("lost@") for address in envelope.rcpt_tos):
            server.transport.abort()
        return "250 kept"


async def main(arguments):
    options = {}
    if arguments.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*arguments.tls)
        options.update(tls_context=context, require_starttls=True)
    if arguments.sign_in:
        name, password = (text.encode() for text in arguments.sign_in)
        options.update(auth_required=True, auth_require_tls=bool(arguments.tls),
                       authenticator=lambda server, session, envelope, mechanism, data: AuthResult(
                           success=(data.login, data.password) == (name, password), handled=False))
    keeper = Keeper(arguments.folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(keeper, hostname="mail.test", **options), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


logging.disable(logging.CRITICAL)  # clients that break off are what the tests are about
warnings.simplefilter("ignore")
parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--tls", nargs=2)
parser.add_argument("--sign-in", nargs=2)
asyncio.run(main(parser.parse_args()))
