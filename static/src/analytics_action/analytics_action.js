import { Component, onWillUnmount, useRef, useState } from "@odoo/owl";
import { router } from "@web/core/browser/router";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const PAGE = "/ghl/analytics";
// What Odoo's address says of the page in the frame: the query of the page's own.
const VIEW = "ghl_view";
// The page tells the first of its own steps, the browser the second of "back".
const STEPS = ["ghl-url-changed", "popstate"];

/**
 * Shows the analytics page from the app's menu.
 *
 * In a frame, as the page is a bundle of its own: neither its styles nor its errors
 * reach the web client, nor the web client's the page. Its view is kept in the address
 * of the web client, so that a reload, a bookmark and "back" lead to it again.
 */
export class AnalyticsAction extends Component {
    static template = "ghl_contact_sync.AnalyticsAction";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.frame = useRef("frame");
        this.state = useState({ loading: true });
        this.env.config.setDisplayName(_t("Contact Analytics"));
        this.keepView = this.keepView.bind(this);
        this.openInOdoo = this.openInOdoo.bind(this);
        // Settled once: a frame whose address changes is loaded anew.
        this.url = this.firstUrl;
        // Told before the action shows, or the client would make an entry of its own for
        // an address without the view: "back" would lead from it to it again.
        this.props.updateActionState?.({ [VIEW]: router.current[VIEW] });
        onWillUnmount(() => this.listen("removeEventListener"));
    }

    get display() {
        return { controlPanel: {} };
    }

    /** The view that was left, else the location whose button opened the action. */
    get firstUrl() {
        const view = router.current[VIEW];
        const locationId = this.props.action.context?.ghl_location_id;
        if (!view && !locationId) {
            return PAGE;
        }
        return `${PAGE}?${new URLSearchParams(view || { location_id: locationId })}`;
    }

    /** The query of the page in the frame. */
    get shownView() {
        return this.frame.el?.contentWindow?.location.search.slice(1);
    }

    /** A session that has ended brings the login into the frame: show it outside. */
    onLoad() {
        this.state.loading = false;
        const path = this.frame.el?.contentWindow?.location.pathname;
        if (path?.startsWith("/web/login")) {
            window.location.reload();
            return;
        }
        this.listen("addEventListener");
        this.keepView();
    }

    /** :param method: addEventListener or removeEventListener */
    listen(method) {
        const page = this.frame.el?.contentWindow;
        for (const step of STEPS) {
            page?.[method](step, this.keepView);
        }
        page?.document[method]("click", this.openInOdoo);
    }

    /** Replaces, as the step is an entry of the history already: the frame's. */
    keepView() {
        const view = this.shownView;
        if (view || router.current[VIEW]) {
            router.replaceState({ [VIEW]: view || undefined }, { sync: true });
            this.props.updateActionState?.({ [VIEW]: view || undefined });
        }
    }

    /** A link of the page to a record opens it as the web client's own links do. */
    openInOdoo(ev) {
        const href = ev.target.closest?.("a[target=_top]")?.getAttribute("href");
        const modified = ev.button || ev.ctrlKey || ev.metaKey || ev.shiftKey;
        if (!href?.startsWith("/odoo/") || modified) {
            return;
        }
        ev.preventDefault();
        const link = document.createElement("a");
        link.href = href;
        document.body.append(link);
        link.click();
        link.remove();
    }
}

registry.category("actions").add("ghl_contact_sync.analytics", AnalyticsAction);
