"""Headers of others that the documentation's C++ is compiled with."""

import os
import tarfile

from folders import downloads, once, say
from packages import check, download_sdist

USEARCH = "usearch-2.26.6.tar.gz"
USEARCH_SHA256 = "eefb8dc019ad5a184f6089b22f20b91b3961720e504e97ba2718ad62ed65674b"


@once("usearch", "usearch")
def usearch(target, temporary):
    path = os.path.join(downloads(target), USEARCH)
    download_sdist("usearch", USEARCH, path)
    check(path, USEARCH_SHA256)
    inside = USEARCH[: -len(".tar.gz")] + "/include/usearch/"
    made = os.path.join(temporary, "usearch")
    os.makedirs(os.path.join(made, "include", "usearch"))
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            name = member.name[len(inside) :]
            if member.isfile() and member.name.startswith(inside) and "/" not in name:
                with open(os.path.join(made, "include", "usearch", name), "wb") as file:
                    file.write(archive.extractfile(member).read())
    say(f"unpacked the headers of {USEARCH}")
    os.remove(path)
    return made
