//! Our tables in the kernel.

use culvert_model::GuardReading;
use culvert_policy::Guard;
use nix::unistd::geteuid;
use nlink::netlink::nftables::{
    CtHelperObject, Family, NFT_TABLE_F_OWNER, NFT_TABLE_F_PERSIST, Object, Transaction,
};
use nlink::netlink::{Connection, Nftables};

use super::forwarding;
use super::rules::{self, HELPER, TABLE, Tables};
use crate::host::HostError;

/// The families in which we have a table.
const FAMILIES: [Family; 2] = [Family::Inet, Family::Arp];
/// How often a swap is tried that others' changes came in between.
const ATTEMPTS: usize = 5;
const TCP: u8 = 6;

/// Whether others are kept from removing our tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ownership {
    /// Where the kernel can (`owner` and `persist`, Linux 6.9): then they outlive us, and fall to the next of us.
    #[default]
    Auto,
    /// Not: what others remove is put back by whoever watches.
    Plain,
}

/// Keeps a guard standing. Where the kernel has it, the tables belong to this value's connection to the kernel.
pub struct GuardKeeper {
    ownership: Ownership,
    connection: Option<Connection<Nftables>>,
    standing: Option<Standing>,
}

/// What stands, as it was read back.
struct Standing {
    guard: Guard,
    reading: GuardReading,
    print: Print,
}

/// Everything of ours as the kernel tells it, in order.
#[derive(Default, PartialEq, Eq)]
struct Print {
    /// The flags of each table.
    tables: Vec<u32>,
    /// Each chain's name, hook and policy.
    chains: Vec<(String, Option<u32>, Option<u32>)>,
    /// Each rule's chain and expressions.
    rules: Vec<(String, Vec<u8>)>,
}

impl std::fmt::Debug for GuardKeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let reading = self.standing.as_ref().map(|standing| &standing.reading);
        f.debug_struct("GuardKeeper").field("standing", &reading).finish_non_exhaustive()
    }
}

impl GuardKeeper {
    /// A keeper of a host whose tables of ours, if there are any, are leftovers.
    pub fn new(ownership: Ownership) -> Self {
        Self { ownership, connection: None, standing: None }
    }

    /// Swaps in `guard` as a whole, whatever of ours stood there, and reads it back; with `None`, removes it.
    ///
    /// # Errors
    /// What the kernel refused; what stood before still stands then.
    pub async fn apply(&mut self, guard: Option<&Guard>) -> Result<Option<GuardReading>, HostError> {
        let Some(guard) = guard else {
            self.standing = None;
            if let Some(connection) = &self.connection {
                remove(connection).await?;
            } else {
                remove_all().await?;
            }
            self.connection = None;
            return Ok(None);
        };
        if let Some(standing) = &self.standing
            && standing.guard == *guard
            && self.is_in_place().await?
        {
            return Ok(Some(standing.reading.clone()));
        }
        let (reading, print) = self.swap(guard).await?;
        self.standing = Some(Standing { guard: guard.clone(), reading: reading.clone(), print });
        Ok(Some(reading))
    }

    /// Whether what was applied last still stands, rule for rule.
    ///
    /// # Errors
    /// What the kernel refused to tell.
    pub async fn is_in_place(&self) -> Result<bool, HostError> {
        match (&self.standing, &self.connection) {
            (Some(standing), Some(connection)) => match print(connection).await {
                Ok(print) => Ok(print == standing.print && forwards(&standing.guard).await?),
                Err(HostError::Refused { .. }) => Ok(false),
                Err(error) => Err(error),
            },
            _ => Ok(true),
        }
    }

    /// Tries what the kernel may not have one after the other: ownership, then help for GRE.
    async fn swap(&mut self, guard: &Guard) -> Result<(GuardReading, Print), HostError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                Connection::<Nftables>::new().map_err(|error| HostError::firewall("opening it", error))?
            }
        };
        let connection = self.connection.insert(connection);
        let noted = noted(connection).await?;
        let wanted = forwarding::wanted(guard);
        let mut notes = Vec::new();
        for device in &wanted {
            if noted.contains(device) || forwarding::is_on(device).await? == Some(false) {
                notes.push(forwarding::note(device));
            }
        }
        let ways = [(true, true), (true, false), (false, true), (false, false)];
        let ways = ways.into_iter().filter(|(owned, _)| !owned || self.ownership == Ownership::Auto);
        let mut last = None;
        for (owned, firewall_helper) in ways {
            match swap(connection, guard, owned, firewall_helper, &notes).await {
                Ok(()) => {
                    for device in noted.iter().filter(|device| !wanted.contains(device)) {
                        forwarding::set(device, false).await?;
                    }
                    for device in &wanted {
                        forwarding::set(device, true).await?;
                    }
                    let print = print(connection).await?;
                    let firewall_helper = firewall_helper && !guard.servers.is_empty();
                    return Ok((GuardReading { owned, firewall_helper }, print));
                }
                Err(error) if error.is_permission_denied() => {
                    return Err(HostError::firewall("changing a table that another culvertd owns", error));
                }
                Err(error) => {
                    tracing::debug!(%error, owned, firewall_helper, "the kernel does not take the guard so");
                    last = Some(error);
                }
            }
        }
        Err(last
            .map_or(HostError::Differs("the guard"), |error| HostError::firewall("setting the guard", error)))
    }
}

/// One atomic batch: what is there goes, the new comes.
async fn swap(
    connection: &Connection<Nftables>,
    guard: &Guard,
    owned: bool,
    helps: bool,
    notes: &[String],
) -> Result<(), nlink::Error> {
    let flags = if owned { NFT_TABLE_F_OWNER | NFT_TABLE_F_PERSIST } else { 0 };
    let helps = helps && !guard.servers.is_empty();
    let mut attempt = 1;
    loop {
        let tables = rules::tables(guard, geteuid().as_raw(), helps, notes)
            .map_err(|error| nlink::Error::invalid_message(error.to_string()))?;
        let batch = without_ours(connection).await?;
        let batch = tables.into_iter().fold(batch, |batch, table| with(batch, table, flags, helps));
        match batch.commit(connection).await {
            // Somebody else removed them in between.
            Err(error) if attempt < ATTEMPTS && (error.is_not_found() || error.is_already_exists()) => {
                if helps && error.is_not_found() && attempt > 1 {
                    return Err(error);
                }
                attempt += 1;
            }
            result => return result,
        }
    }
}

fn with(batch: Transaction, table: Tables, flags: u32, helps: bool) -> Transaction {
    let Tables { family, chains, rules } = table;
    let mut batch = batch.add_table_with_flags(TABLE, family, flags);
    if helps && family == Family::Inet {
        let helper = CtHelperObject::new("pptp", TCP).family(2);
        batch = batch.add_object(&Object::ct_helper(TABLE, HELPER, helper).family(family));
    }
    let batch = chains.into_iter().fold(batch, Transaction::add_chain);
    rules.into_iter().fold(batch, Transaction::add_rule)
}

/// A batch that begins with the end of whatever of ours there is.
async fn without_ours(connection: &Connection<Nftables>) -> Result<Transaction, nlink::Error> {
    let mut batch = connection.transaction();
    for family in FAMILIES {
        let tables = connection.list_tables_in(family).await?;
        if tables.iter().any(|table| table.name == TABLE && table.family == family) {
            batch = batch.del_table(TABLE, family);
        }
    }
    Ok(batch)
}

async fn remove(connection: &Connection<Nftables>) -> Result<(), HostError> {
    // While the guard still stands: nothing is forwarded past the tunnel in between.
    for device in noted(connection).await? {
        forwarding::set(&device, false).await?;
    }
    for family in FAMILIES {
        match connection.del_table_if_exists(TABLE, family).await {
            Ok(_) => {}
            Err(error) => return Err(HostError::firewall("removing the guard", error)),
        }
    }
    Ok(())
}

/// Removes whatever of ours there is, also what a crashed run left.
///
/// # Errors
/// What the kernel refused: it does while another culvertd that owns them lives.
pub async fn remove_all() -> Result<(), HostError> {
    let connection =
        Connection::<Nftables>::new().map_err(|error| HostError::firewall("opening it", error))?;
    remove(&connection).await
}

/// The devices that forward because of us, by what stands in our table.
async fn noted(connection: &Connection<Nftables>) -> Result<Vec<String>, HostError> {
    let chains = found(connection.list_chains_in(TABLE, Family::Inet).await)?;
    Ok(chains.iter().filter_map(|chain| forwarding::noted(&chain.name)).map(str::to_owned).collect())
}

/// Whether the devices forward that have to.
async fn forwards(guard: &Guard) -> Result<bool, HostError> {
    for device in forwarding::wanted(guard) {
        if forwarding::is_on(&device).await? != Some(true) {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn print(connection: &Connection<Nftables>) -> Result<Print, HostError> {
    let mut print = Print::default();
    for family in FAMILIES {
        let tables = connection.list_tables_in(family).await;
        let tables = tables.map_err(|error| HostError::firewall("reading the guard", error))?;
        let ours = tables.iter().filter(|table| table.name == TABLE && table.family == family);
        print.tables.extend(ours.map(|table| table.flags));
        let chains = found(connection.list_chains_in(TABLE, family).await)?;
        print.chains.extend(chains.into_iter().map(|chain| (chain.name, chain.hook, chain.policy)));
        let rules = found(connection.list_rules(TABLE, family).await)?;
        print.rules.extend(rules.into_iter().map(|rule| (rule.chain, rule.expression_bytes)));
    }
    Ok(print)
}

/// What the kernel listed; nothing where there is no table of ours.
fn found<T>(listed: Result<Vec<T>, nlink::Error>) -> Result<Vec<T>, HostError> {
    match listed {
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        listed => listed.map_err(|error| HostError::firewall("reading the guard", error)),
    }
}
