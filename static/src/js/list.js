/* Lists: selecting rows, changing many, filters, keys. All of it is a convenience: the boxes, the bar and the links of the
   list work without scripts. */

import "./list/selection.js";
import "./list/bulk.js";
import "./list/address.js";
import "./list/filter_errors.js";
import "./list/swap.js";
import "./list/keys.js";
