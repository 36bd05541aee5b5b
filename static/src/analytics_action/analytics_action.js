import { Component, onWillUnmount, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { router, routerBus } from "@web/core/browser/router";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const PAGE = "/ghl/analytics";
// What Odoo's address says of the page in the frame: the query of the page's own.
const VIEW = "ghl_view";
// How many of the page's steps lie before this entry of the history.
const DEPTH = "ghl_depth";
// The page tells the first before a step, the second after it.
const PUSH = "ghl-url-pushed";
const CHANGED = "ghl-url-changed";

router.hideKeyFromUrl(DEPTH);

/** The actions that an entry of the history shows. */
function placeOf(state) {
    return JSON.stringify((state.actionStack || []).map((one) => [one.action, one.resId]));
}

/**
 * Shows the analytics page from the app's menu.
 *
 * In a frame, as the page is a bundle of its own: neither its styles nor its errors
 * reach the web client, nor the web client's the page. Its view is kept in the address
 * of the web client, so that a reload, a bookmark and "back" lead to it again. Its steps
 * are entries of the web client's history: those of a frame would stay behind as dead
 * ones when it is gone.
 */
export class AnalyticsAction extends Component {
    static template = "ghl_contact_sync.AnalyticsAction";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.frame = useRef("frame");
        this.state = useState({ loading: true });
        this.env.config.setDisplayName(_t("Contact Analytics"));
        this.isPush = false;
        this.onPush = this.onPush.bind(this);
        this.keepView = this.keepView.bind(this);
        this.onBack = this.onBack.bind(this);
        this.openInOdoo = this.openInOdoo.bind(this);
        // Settled once: a frame whose address changes is loaded anew.
        this.url = this.firstUrl;
        // Told before the action shows, or the client would make an entry of its own for
        // an address without the view: "back" would lead from it to it again.
        this.tellClient(router.current[VIEW], this.depth);
        onWillUnmount(() => {
            this.listen("removeEventListener");
            browser.removeEventListener("popstate", this.onBack);
            router.skipLoad = false;
        });
    }

    get depth() {
        return router.current[DEPTH] || 0;
    }

    tellClient(view, depth) {
        this.props.updateActionState?.({ [VIEW]: view || undefined, [DEPTH]: depth || undefined });
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
        this.markFrame();
        browser.removeEventListener("popstate", this.onBack);
        browser.addEventListener("popstate", this.onBack);
        router.skipLoad = true;
    }

    /** :param method: addEventListener or removeEventListener */
    listen(method) {
        const page = this.frame.el?.contentWindow;
        page?.[method](PUSH, this.onPush);
        page?.[method](CHANGED, this.keepView);
        page?.document[method]("click", this.openInOdoo);
    }

    /** The step becomes an entry of the web client's, so the page makes none. */
    onPush(ev) {
        ev.preventDefault();
        this.isPush = true;
    }

    keepView() {
        const view = this.shownView;
        const depth = this.depth + (this.isPush ? 1 : 0);
        if (this.isPush || view || router.current[VIEW]) {
            const keep = this.isPush ? router.pushState : router.replaceState;
            keep({ [VIEW]: view || undefined, [DEPTH]: depth || undefined }, { sync: true });
            this.tellClient(view, depth);
        }
        this.isPush = false;
        this.place = placeOf(router.current);
    }

    /** "Back" to a view of the page needs no other page, any other entry does. */
    onBack() {
        router.skipLoad = placeOf(router.current) === this.place;
        if (router.skipLoad) {
            this.showView(router.current[VIEW]);
        } else {
            routerBus.trigger("ROUTE_CHANGE");
        }
    }

    showView(view) {
        const page = this.frame.el.contentWindow;
        page.history.replaceState(null, "", PAGE + (view ? `?${view}` : ""));
        this.markFrame();
        page.dispatchEvent(new Event(CHANGED));
    }

    /** The page closes what it opened by "back", if a step of its own led there. */
    markFrame() {
        const { history } = this.frame.el.contentWindow;
        history.replaceState(this.depth ? { ghlPushed: true } : null, "");
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
