//! What programs say that is neither a fault nor a stage.

use culvert_model::{VpnKind, Weakness};

macro_rules! words {
    ($($name:ident = $id:literal;)+) => {
        /// A sentence that is neither a fault nor a stage.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the sentence itself is in `i18n/`")]
        pub enum Word { $($name),+ }

        impl Word {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name in the files of `i18n/`.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id),+ }
            }
        }
    };
}

words! {
    LikeWindows = "like-windows";
    ServerSays = "server-says";
    SystemSays = "system-says";
    MethodsAsked = "methods-asked";
    Rejected = "rejected";
    NameServer = "name-server";
    NoNameServer = "no-name-server";
    Connected = "connected";
    ConnectedAfter = "connected-after";
    Connecting = "connecting";
    Disconnecting = "disconnecting";
    Reconnecting = "reconnecting";
    Blocked = "blocked";
    Lockdown = "lockdown";
    LockdownOn = "lockdown-on";
    LockdownOff = "lockdown-off";
    PortalOpen = "portal-open";
    PortalLooking = "portal-looking";
    PortalNone = "portal-none";
    PortalNotClosed = "portal-not-closed";
    PortalBusy = "portal-busy";
    SignInPage = "sign-in-page";
    ResetDone = "reset-done";
    ResetByHand = "reset-by-hand";
    ResetNotKept = "reset-not-kept";
    DetailGuard = "detail-guard";
    GuardOwned = "guard-owned";
    GuardWatched = "guard-watched";
    GuardOff = "guard-off";
    DetailRoutes = "detail-routes";
    RoutesInPlace = "routes-in-place";
    DetailNames = "detail-names";
    NotConnected = "not-connected";
    Disconnected = "disconnected";
    Cancelled = "cancelled";
    LowProtection = "low-protection";
    PasswordPrompt = "password-prompt";
    PasswordAgain = "password-again";
    DetailAddress = "detail-address";
    DetailServer = "detail-server";
    DetailEncryption = "detail-encryption";
    DetailLogin = "detail-login";
    DetailNameServers = "detail-name-servers";
    DetailTraffic = "detail-traffic";
    Mppe = "mppe";
    MppeStateful = "mppe-stateful";
    NotEncrypted = "not-encrypted";
    Traffic = "traffic";
    WarningEncryptionNone = "warning-encryption-none";
    WarningEncryptionPreferred = "warning-encryption-preferred";
    WarningEncryptionRequired = "warning-encryption-required";
    WarningStateful = "warning-stateful";
    WarningNoGuard = "warning-no-guard";
    WarningIpv6 = "warning-ipv6";
    WarningLan = "warning-lan";
    WarningDns = "warning-dns";
    WarningPap = "warning-pap";
    WarningChapMd5 = "warning-chap-md5";
    WarningMsChapV1 = "warning-ms-chap-v1";
    NoPassword = "no-password";
    NoPasswordLine = "no-password-line";
    HelperNotRunning = "helper-not-running";
    HelperNotAllowed = "helper-not-allowed";
    HelperUntrusted = "helper-untrusted";
    HelperImpostor = "helper-impostor";
    HelperOtherVersion = "helper-other-version";
    HelperLost = "helper-lost";
    OtherVpn = "other-vpn";
    VpnWireGuard = "vpn-wireguard";
    VpnOpenVpn = "vpn-openvpn";
    VpnTun = "vpn-tun";
    VpnPpp = "vpn-ppp";
    VpnIpsec = "vpn-ipsec";
    VpnPlain = "vpn-plain";
    ManagedNone = "managed-none";
    ManagedAtBoot = "managed-at-boot";
    ManagedManual = "managed-manual";
    ManagedUnknown = "managed-unknown";
    NotKept = "not-kept";
    HelperEnding = "helper-ending";
    HelperSilent = "helper-silent";
    HelperTrouble = "helper-trouble";
    Busy = "busy";
    BusyOther = "busy-other";
    OtherConnected = "other-connected";
    OtherConnecting = "other-connecting";
    OtherBlocked = "other-blocked";
    DeniedAdministrator = "denied-administrator";
    DeniedRemote = "denied-remote";
    DeniedForbidden = "denied-forbidden";
    DeniedNoAuthority = "denied-no-authority";
    DeniedNoAuthorityGroup = "denied-no-authority-group";
    DeniedTooSlow = "denied-too-slow";
    DeniedAlreadyAsking = "denied-already-asking";
    DeniedUnrecognised = "denied-unrecognised";
    Unusable = "unusable";
    EndedElsewhere = "ended-elsewhere";
    ProfilesOfRoot = "profiles-of-root";
    ProfilesNone = "profiles-none";
    ProfileWeaker = "profile-weaker";
    ProfileUnreadable = "profile-unreadable";
    ProfileUnknown = "profile-unknown";
    ProfileGone = "profile-gone";
    ProfileChanged = "profile-changed";
    ProfileTrouble = "profile-trouble";
    ProfileWrong = "profile-wrong";
    ProfileSaved = "profile-saved";
    ProfileRemoved = "profile-removed";
    ProfileKept = "profile-kept";
    AskServer = "ask-server";
    AskUser = "ask-user";
    AskRemove = "ask-remove";
    AskImport = "ask-import";
    AskImportPassword = "ask-import-password";
    Imported = "imported";
    ImportFound = "import-found";
    ImportKept = "import-kept";
    ImportChanged = "import-changed";
    ImportIgnored = "import-ignored";
    ImportPassword = "import-password";
    ImportRefused = "import-refused";
    ImportUnread = "import-unread";
    ImportNoUser = "import-no-user";
    ImportKeyring = "import-keyring";
    PasswordNotKept = "password-not-kept";
    PasswordNotRead = "password-not-read";
    PasswordNotForgotten = "password-not-forgotten";
    KeyringUnlock = "keyring-unlock";
    KeyringAbsent = "keyring-absent";
    KeyringLocked = "keyring-locked";
    KeyringRefused = "keyring-refused";
    KeyringSlow = "keyring-slow";
    KeyringBroken = "keyring-broken";
    PassphrasePrompt = "passphrase-prompt";
    PassphraseAgain = "passphrase-again";
    PassphraseDiffers = "passphrase-differs";
    ExportLost = "export-lost";
    ExportPasswords = "export-passwords";
    TitleConnected = "title-connected";
    StateStarting = "state-starting";
    StateNothing = "state-nothing";
    StateDisconnected = "state-disconnected";
    ServerAndUser = "server-and-user";
    StateConnecting = "state-connecting";
    StatePassword = "state-password";
    StateConnected = "state-connected";
    GoesAll = "goes-all";
    GoesOnly = "goes-only";
    WeakNone = "weak-none";
    WeakCipher = "weak-cipher";
    StateReconnecting = "state-reconnecting";
    NothingLeaves = "nothing-leaves";
    EverythingLeaves = "everything-leaves";
    TryingIn = "trying-in";
    TryingNow = "trying-now";
    NothingLost = "nothing-lost";
    StateBlocked = "state-blocked";
    StateBlockedLine = "state-blocked-line";
    StateLockdown = "state-lockdown";
    StateLockdownLine = "state-lockdown-line";
    StateDisconnecting = "state-disconnecting";
    StateOther = "state-other";
    StateOtherLine = "state-other-line";
    SetUpByOthers = "set-up-by-others";
    SetUpForGood = "set-up-for-good";
    StateMissing = "state-missing";
    StateMissingLine = "state-missing-line";
    StateStopped = "state-stopped";
    StateStoppedLine = "state-stopped-line";
    HelperNotStarted = "helper-not-started";
    StateOlder = "state-older";
    StateOlderLine = "state-older-line";
    StateNewer = "state-newer";
    StateNewerLine = "state-newer-line";
    StateNotAllowed = "state-not-allowed";
    LowProtectionShort = "low-protection-short";
    ButtonConnect = "button-connect";
    ButtonDisconnect = "button-disconnect";
    ButtonCancel = "button-cancel";
    ButtonContinue = "button-continue";
    ButtonTryAgain = "button-try-again";
    ButtonTryNow = "button-try-now";
    ButtonOtherPassword = "button-other-password";
    ButtonWithout = "button-without";
    ButtonStart = "button-start";
    ButtonAdd = "button-add";
    ButtonSaveForLater = "button-save-for-later";
    ButtonBack = "button-back";
    AskQuit = "ask-quit";
    AskQuitLine = "ask-quit-line";
    ButtonKeepAndQuit = "button-keep-and-quit";
    ButtonDisconnectAndQuit = "button-disconnect-and-quit";
    AskSwitch = "ask-switch";
    AskSwitchLine = "ask-switch-line";
    ButtonSwitch = "button-switch";
    ButtonFix = "button-fix";
    ButtonCopy = "button-copy";
    ButtonCopied = "button-copied";
    SwitchOnlyFaults = "switch-only-faults";
    TitleActivity = "title-activity";
    ButtonLockdownOff = "button-lockdown-off";
    ButtonSignIn = "button-sign-in";
    StateSignIn = "state-sign-in";
    StateSignInLine = "state-sign-in-line";
    PageNotOpened = "page-not-opened";
    ButtonDetails = "button-details";
    ButtonLess = "button-less";
    TitleAdd = "title-add";
    FieldServer = "field-server";
    FieldUser = "field-user";
    FieldUserHelp = "field-user-help";
    FieldPassword = "field-password";
    FieldPasswordHelp = "field-password-help";
    FieldPasted = "field-pasted";
    FieldPastedHelp = "field-pasted-help";
    PastedFound = "pasted-found";
    PastedNothing = "pasted-nothing";
    PastedRefused = "pasted-refused";
    ButtonPaste = "button-paste";
    TitleImport = "title-import";
    ImportHint = "import-hint";
    ImportFormats = "import-formats";
    ImportUsed = "import-used";
    ImportNot = "import-not";
    ButtonChooseFiles = "button-choose-files";
    ButtonImportFiles = "button-import-files";
    ButtonImport = "button-import";
    ButtonSave = "button-save";
    ButtonOpen = "button-open";
    ButtonDone = "button-done";
    FieldPassphrase = "field-passphrase";
    FieldPassphraseHelp = "field-passphrase-help";
    TitleExport = "title-export";
    ExportFor = "export-for";
    Exported = "exported";
    FieldDirectory = "field-directory";
    ButtonChooseDirectory = "button-choose-directory";
    ButtonExport = "button-export";
    SwitchPasswords = "switch-passwords";
    SwitchAll = "switch-all";
    SwitchStrong = "switch-strong";
    SwitchShow = "switch-show";
    SwitchKeep = "switch-keep";
    TitleSafety = "title-safety";
    LowProtectionTitle = "low-protection-title";
    SafetyNear = "safety-near";
    SafetyOwner = "safety-owner";
    SafetyLater = "safety-later";
    SafetyNotFor = "safety-not-for";
    SafetyInstead = "safety-instead";
    SafetyInsteadLine = "safety-instead-line";
    SafetyAsk = "safety-ask";
    ButtonCopySentence = "button-copy-sentence";
    TitleKinds = "title-kinds";
    ColumnKind = "column-kind";
    ColumnSecurity = "column-security";
    ColumnSpeed = "column-speed";
    ColumnSetup = "column-setup";
    ColumnSystems = "column-systems";
    KindPptp = "kind-pptp";
    KindL2tp = "kind-l2tp";
    KindSstp = "kind-sstp";
    KindOpenVpn = "kind-openvpn";
    KindIkev2 = "kind-ikev2";
    KindIpsec = "kind-ipsec";
    KindWireGuard = "kind-wireguard";
    KindSoftEther = "kind-softether";
    TitlePlaces = "title-places";
    PlaceWindows = "place-windows";
    PlaceWindowsServer = "place-windows-server";
    PlaceMacos = "place-macos";
    PlaceIos = "place-ios";
    PlaceAndroid = "place-android";
    PlaceLinux = "place-linux";
    PlacesDate = "places-date";
    TypedWebAddress = "typed-web-address";
    TypedServer = "typed-server";
    TypedPort = "typed-port";
    TypedEmpty = "typed-empty";
    TypedTooLong = "typed-too-long";
    TypedControl = "typed-control";
    TypedDomain = "typed-domain";
    TypedMtu = "typed-mtu";
    TypedKeepalive = "typed-keepalive";
}

impl From<VpnKind> for Word {
    fn from(kind: VpnKind) -> Self {
        match kind {
            VpnKind::WireGuard => Self::VpnWireGuard,
            VpnKind::OpenVpn => Self::VpnOpenVpn,
            VpnKind::Tun => Self::VpnTun,
            VpnKind::Ppp => Self::VpnPpp,
            VpnKind::Ipsec => Self::VpnIpsec,
            VpnKind::Plain => Self::VpnPlain,
        }
    }
}

impl From<Weakness> for Word {
    fn from(weakness: Weakness) -> Self {
        match weakness {
            Weakness::FewBits => Self::WarningEncryptionRequired,
            Weakness::EncryptionOptional => Self::WarningEncryptionPreferred,
            Weakness::NoEncryption => Self::WarningEncryptionNone,
            Weakness::Stateful => Self::WarningStateful,
            Weakness::MsChapV1 => Self::WarningMsChapV1,
            Weakness::ChapMd5 => Self::WarningChapMd5,
            Weakness::Pap => Self::WarningPap,
            Weakness::NoGuard => Self::WarningNoGuard,
            Weakness::Lan => Self::WarningLan,
            Weakness::Ipv6 => Self::WarningIpv6,
            Weakness::Dns => Self::WarningDns,
        }
    }
}
