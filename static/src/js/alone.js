/* Pages without the frame: signing in, accepting an invitation. */

import "./page/appearance.js";
import "./page/dialogs.js";
import "./page/toasts.js";
import "./page/swaps.js";
import "./page/confirm.js";
import "./forms/guard.js";
import "./forms/rows.js";
import "./page/program.js";
import "./page/keys.js";
