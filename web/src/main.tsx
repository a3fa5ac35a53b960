/** Starts the page. */

import { render } from "preact";
import { Actions } from "./ui/actions";
import { App } from "./ui/App";
import { installed } from "./ui/offline";
import { Store, StoreContext } from "./ui/store";
import "./ui/style.css";

const store = new Store();
const actions = new Actions(store);

render(
  <StoreContext.Provider value={store}>
    <App actions={actions} />
  </StoreContext.Provider>,
  document.getElementById("app")!,
);

addEventListener("beforeunload", (event) => {
  if (actions.unsaved) event.preventDefault();
});
void actions.begin();
if (import.meta.env.PROD) void installed(store);
