/* What every page with the frame does in the browser.

   Handlers are delegated to the document, so parts that htmx swaps in just work. Each page works without scripts except for
   what only a script can do (theme, toasts, dialogs, keys). Where two modules listen to the same event, the one imported
   first hears it first: composing before all, guard before sending.

   Modules of other bundles can't import those below, which have state, but use window.academy:
     toast(message, tone, undo)        page/toasts.js
     ask(element)                      page/confirm.js
     markSaved(form)                   forms/guard.js
     notice(form, name, words)         forms/notices.js
     post(url, body, options)          forms/requests.js
     whenBack(form, send), clearNotice(form)   forms/retries.js
     refused(form, answer)             forms/sending.js */

import "./page/composing.js";
import "./page/appearance.js";
import "./page/dialogs.js";
import { toast } from "./page/toasts.js";
import "./page/swaps.js";
import { ask } from "./page/confirm.js";
import { markSaved } from "./forms/guard.js";
import "./forms/rows.js";
import "./page/program.js";
import "./page/keys.js";
import { notice } from "./forms/notices.js";
import { post } from "./forms/requests.js";
import { clearNotice, whenBack } from "./forms/retries.js";
import { refused } from "./forms/sending.js";
import "./page/palette.js";
import "./forms/drafts.js";

window.academy = { toast, ask, markSaved, notice, post, whenBack, clearNotice, refused };
