"""Reading: matrices, sample sheets, gene names and units, into one container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "GeneSets": "genesets",
    "align": "genes",
    "id_kind": "genes",
    "read": "reader",
    "read_changes": "changes",
    "read_gene_list": "genesets",
    "read_gmt": "genesets",
    "read_matrix": "reader",
    "read_sheet": "samples",
    "with_floor": "floor",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.io.changes import read_changes as read_changes
    from bulkwise.io.floor import with_floor as with_floor
    from bulkwise.io.genes import align as align
    from bulkwise.io.genes import id_kind as id_kind
    from bulkwise.io.genesets import GeneSets as GeneSets
    from bulkwise.io.genesets import read_gene_list as read_gene_list
    from bulkwise.io.genesets import read_gmt as read_gmt
    from bulkwise.io.reader import read as read
    from bulkwise.io.reader import read_matrix as read_matrix
    from bulkwise.io.samples import read_sheet as read_sheet
