"""Prints the failed tests of a folder of trx files, each with its message and the top of its stack."""
import glob
import sys
import xml.etree.ElementTree as tree

NS = "{http://microsoft.com/schemas/VisualStudio/TeamTest/2010}"

for path in sorted(glob.glob(f"{sys.argv[1]}/*.trx")):
    for result in tree.parse(path).iter(f"{NS}UnitTestResult"):
        if result.get("outcome") == "Failed":
            print(f"  {result.get('testName')} ({result.get('duration')})")
            for part in ("Message", "StackTrace"):
                for line in (result.findtext(f".//{NS}{part}") or "").strip().splitlines()[:6]:
                    print(f"      {line.strip()}")
