"""Excel in: one way for every list – upload, each line's verdict, write what can be written, a workbook of the rest."""
