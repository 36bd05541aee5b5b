{
    "name": "Benchmark: contacts through the ORM",
    "version": "19.0.1.0.0",
    "summary": "A plain model that make bench fills as Odoo connectors do.",
    "license": "LGPL-3",
    "depends": ["base"],
    "data": ["security/ir.model.access.csv"],
}
