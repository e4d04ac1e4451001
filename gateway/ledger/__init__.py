"""The ledger: every intent before it is sent, what became of it, and what the next session must
know. One file, one owner, one writer (docs/decisions/0017).
"""

from gateway.ledger.clerk import NOT_WRITTEN as NOT_WRITTEN
from gateway.ledger.clerk import Clerk as Clerk
from gateway.ledger.ledger import Ledger as Ledger
from gateway.ledger.ledger import LedgerFailed as LedgerFailed
from gateway.ledger.ports import RecordPort as RecordPort
from gateway.ledger.ports import WriteAhead as WriteAhead
from gateway.ledger.sqlite import SqliteLedger as SqliteLedger
from gateway.ledger.virtual import Disk as Disk
from gateway.ledger.virtual import VirtualLedger as VirtualLedger
