// A page that is there to be printed opens the print dialog once it is drawn.
if (document.readyState === "complete") print();
else addEventListener("load", () => print());
