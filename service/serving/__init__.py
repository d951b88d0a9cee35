"""What routes and pages both call: ranked lists, explanations, events, for one who may see them."""
