"""One HTTP client for every kind of remote: auth, time-outs, retries, back-off, limits, and the one map of errors.

Law: whatever happens on the wire leaves this folder as an error of `core.errors`, without a token or a signed address
in it; a changing request whose last byte may have arrived is never reported as "not applied".
"""

from syncd.remotes.http.answers import LARGE, LARGEST, Answer, Fault, Json, Sign, Verdict, clean, retry_after
from syncd.remotes.http.bodies import Body, Form, Multipart
from syncd.remotes.http.calls import Call, Effect, origin
from syncd.remotes.http.client import Authority, Client
from syncd.remotes.http.gate import Gate, MemoryBackoff
from syncd.remotes.http.line import Options
from syncd.remotes.http.meter import Bucket, Clock, Meter
from syncd.remotes.http.reception import AddressGone, Reception

__all__ = [
    "LARGE",
    "LARGEST",
    "AddressGone",
    "Answer",
    "Authority",
    "Body",
    "Bucket",
    "Call",
    "Client",
    "Clock",
    "Effect",
    "Fault",
    "Form",
    "Gate",
    "Json",
    "MemoryBackoff",
    "Meter",
    "Multipart",
    "Options",
    "Reception",
    "Sign",
    "Verdict",
    "clean",
    "origin",
    "retry_after",
]
