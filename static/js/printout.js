// A page that is there to be printed opens the print dialog once it is drawn.
addEventListener("load", () => print());
