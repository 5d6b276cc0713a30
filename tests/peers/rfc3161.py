"""Verifies a time-stamp response with rfc3161-client: root.pem response.tsr message nonce."""

import sys
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificate
from rfc3161_client import VerifierBuilder, decode_timestamp_response

root, response, message, nonce = sys.argv[1:]
answer = decode_timestamp_response(Path(response).read_bytes())
verifier = (
    VerifierBuilder()
    .add_root_certificate(load_pem_x509_certificate(Path(root).read_bytes()))
    .nonce(int(nonce))
    .build()
)
verifier.verify_message(answer, Path(message).read_bytes())
print(answer.tst_info.gen_time.isoformat())
