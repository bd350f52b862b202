"""What every app stands on and no table lives in: access, errors, pages, lists, forms, paper, Excel."""
