"""Makes suggestions learn: reads the company's history, trains, measures, promotes, and brings old models back."""
