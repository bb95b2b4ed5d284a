# The guest's disk: a Debian 12 from this computer's own package sources, built once. Nothing of Culvert is on it.

suite=bookworm
packages=linux-image-amd64,systemd-sysv,udev,dbus,polkitd,pkexec,systemd-resolved,libpam-systemd,nftables,iproute2,iputils-ping,openssh-server,openssh-client,procps,kmod,zstd

# The lines of this computer's own package sources that hold Debian 12, whatever form they are written in.
sources() {
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' 'Origin: Debian' 'Component: main' | grep -E " $suite(-[a-z]+)? " | sort -u
}

# What the image is made of; another answer means another image.
recipe() { cat "$here/image.sh" "$here/guest/initramfs"; }

# image_build DIRECTORY
image_build() {
    local to=$1 root=$1/root.new lines
    lines=$(sources || { apt-get -qq update && sources; } || true)
    [ -n "$lines" ] || die "the package sources of this computer have no Debian 12 ($suite)"
    say "building the guest's disk in $to (some minutes, once)"
    mkdir -p "$to"
    rm -rf --one-file-system "$root" "$to"/{disk,kernel,initrd,recipe}
    bounded 1500 mmdebstrap --mode=root --variant=essential --include="$packages" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/lib/modules/*/kernel/drivers/gpu/*' \
        --dpkgopt='path-exclude=/lib/modules/*/kernel/drivers/media/*' \
        --dpkgopt='path-exclude=/lib/modules/*/kernel/sound/*' \
        "$suite" "$root" - <<<"$lines" >"$to/build.log" 2>&1 || die "the guest's disk can't be built: $to/build.log"
    image_furnish "$root" >>"$to/build.log" 2>&1 || die "the guest's disk can't be furnished: $to/build.log"
    cp -L "$root"/boot/vmlinuz-* "$to/kernel"
    cp -L "$root"/boot/initrd.img-* "$to/initrd"
    truncate -s 2G "$to/disk"
    mke2fs -q -t ext4 -F -E root_owner=0:0 -d "$root" "$to/disk" >>"$to/build.log" 2>&1
    rm -rf --one-file-system "$root"
    recipe >"$to/recipe"
}

# image_furnish ROOT: names, users, and the hook that lets each run lay something on top before systemd starts.
image_furnish() {
    local root=$1 user
    echo guest >"$root/etc/hostname"
    echo '127.0.0.1 localhost guest' >"$root/etc/hosts"
    echo '/dev/vda / ext4 defaults 0 1' >"$root/etc/fstab"
    : >"$root/etc/machine-id"
    for user in alice bob carol dora; do chroot "$root" useradd -m -s /bin/bash "$user"; done
    printf '%s\n' '[Match]' 'Name=en* eth*' '[Network]' 'DHCP=ipv4' 'IPv6AcceptRA=no' 'Address=2001:db8:1::2/64' \
        'Gateway=2001:db8:1::1' >"$root/etc/systemd/network/50-wired.network"
    ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
    chroot "$root" systemctl --quiet enable systemd-networkd systemd-resolved
    chroot "$root" systemctl --quiet disable ssh apt-daily.timer apt-daily-upgrade.timer e2scrub_reap dpkg-db-backup.timer || true
    chroot "$root" systemctl --quiet mask systemd-timesyncd systemd-networkd-wait-online fstrim.timer || true
    install -m 755 "$here/guest/initramfs" "$root/etc/initramfs-tools/scripts/local-bottom/prepare"
    printf '%s\n' virtio_pci virtio_blk ext4 9p 9pnet_virtio >"$root/etc/initramfs-tools/modules"
    sed -i 's/^MODULES=.*/MODULES=list/' "$root/etc/initramfs-tools/initramfs.conf"
    chroot "$root" update-initramfs -u
}

# The directory of an image that is as this tree wants it.
image() {
    local to=$cache/image
    cmp -s <(recipe) "$to/recipe" || image_build "$to"
}
