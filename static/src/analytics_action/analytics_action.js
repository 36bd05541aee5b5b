import { Component, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const PAGE = "/ghl/analytics";

/**
 * Shows the analytics page from the app's menu.
 *
 * In a frame, as the page is a bundle of its own: neither its styles nor its errors
 * reach the web client, nor the web client's the page.
 */
export class AnalyticsAction extends Component {
    static template = "ghl_contact_sync.AnalyticsAction";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.frame = useRef("frame");
        this.state = useState({ loading: true });
        this.env.config.setDisplayName(_t("Contact Analytics"));
    }

    get display() {
        return { controlPanel: {} };
    }

    /** The location of the record whose button opened the action, if one did. */
    get url() {
        const locationId = this.props.action.context?.ghl_location_id;
        return locationId
            ? `${PAGE}?${new URLSearchParams({ location_id: locationId })}`
            : PAGE;
    }

    /** A session that has ended brings the login into the frame: show it outside. */
    onLoad() {
        this.state.loading = false;
        const path = this.frame.el?.contentWindow?.location.pathname;
        if (path?.startsWith("/web/login")) {
            window.location.reload();
        }
    }
}

registry.category("actions").add("ghl_contact_sync.analytics", AnalyticsAction);
