"""Says, as JSON, what pyHanko thinks of the first signature of a PDF: signed_pdf.py FILE.pdf CERTIFICATE.pem"""

import json
import logging
import sys

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

logging.disable(logging.CRITICAL)
path, certificate = sys.argv[1:]
with open(path, "rb") as file:
    reader = PdfFileReader(file)
    signature = reader.embedded_signatures[0]
    context = ValidationContext(trust_roots=[load_cert_from_pemder(certificate)], allow_fetching=False)
    status = validate_pdf_signature(signature, context)
    print(json.dumps({
        "form": signature.sig_object["/SubFilter"],
        "signatures": len(reader.embedded_signatures),
        "revisions": reader.xrefs.total_revisions,
        "intact": status.intact,
        "valid": status.valid,
        "trusted": status.trusted,
        "coverage": status.coverage.name,
        "modified": status.modification_level.name if status.modification_level else None,
        "sound": status.bottom_line,
        "digest": status.md_algorithm,
        "time": str(status.signer_reported_dt),
    }))
